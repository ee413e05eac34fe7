"""What a shell offers at TAB: the words, values of options, each shell's script.

The program answers each TAB itself, so that what is offered is what the installed
version takes. It opens no database for that, reads no settings, and loads no Textual.
"""
