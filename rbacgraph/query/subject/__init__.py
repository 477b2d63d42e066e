"""The subject of a question, the basis of its answer, and related objects."""
