"""The main screen, by its ideas: what is found in its panes."""
