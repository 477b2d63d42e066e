"""Plans the roles to write, from needs and grants."""
