"""Terminal text: layout, words of nodes and codes, routes, sentences."""
