"""The versioned documents that JSON and YAML hold."""
