"""What stands on the screen, as lines: pure functions of the model, without Textual."""
