"""Facts about API servers, as data."""
