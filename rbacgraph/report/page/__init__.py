"""Everything as one HTML file."""
