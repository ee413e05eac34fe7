"""The panes of the main screen: one box a pane, the bars, the board of them all."""
