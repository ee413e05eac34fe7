"""The lists of the main screen: what is read for a pane, searched, found, sorted."""
