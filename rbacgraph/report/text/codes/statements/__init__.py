"""The words of statements: notes, reasons, edits and losses of suggestions and cuts."""
