"""Exports the graph for Gephi, Neo4j, BloodHound and data frames."""
