"""What paths of a node give to a container that mounts them: a table, and how it is matched."""
