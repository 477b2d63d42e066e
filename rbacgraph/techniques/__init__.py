"""The catalogue: one file per technique; catalogue.py lists them."""
