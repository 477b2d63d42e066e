"""The graph for Gephi, Neo4j, BloodHound, data frames."""
