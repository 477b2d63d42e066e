"""Have an operator act, by a custom resource or an annotation."""
