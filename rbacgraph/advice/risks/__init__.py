"""Ranks the causes of access, with what closing each of them removes."""
