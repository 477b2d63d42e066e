"""Commands about single requests: who may send one, who does, and what a server answers."""
