"""One request or one write, decided and explained as the API server does."""
