"""Commands about access: who reaches what, by which paths, as text, page, picture or graph."""
