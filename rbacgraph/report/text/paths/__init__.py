"""The text of paths: hops as routes, folded routes, tables of ways, and sentences about them."""
