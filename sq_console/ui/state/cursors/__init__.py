"""The operator's place in a list: cursor, marks, and when the row may be acted on."""
