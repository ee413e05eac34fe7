"""The texts of the console as lines: pure functions of the model, without Textual.

`lines.py` explains what a line is, and who paints it.
"""
