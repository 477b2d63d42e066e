"""Boxes and arrows, drawn by Graphviz or Mermaid."""
