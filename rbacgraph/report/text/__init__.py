"""Terminal text: widths, colours, tables, routes, sentences."""
