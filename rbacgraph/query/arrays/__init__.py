"""Graph algorithms over whole arrays: costs, filters, Dijkstra, SCC, bitmap sets."""
