"""Draws boxes and arrows by Graphviz or Mermaid."""
