"""What takes no step: memberships, bindings, grants, full control."""
