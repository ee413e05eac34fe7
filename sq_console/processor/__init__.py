"""The queue processor: claims due jobs, calls their handlers, records what came of it.

It knows no screen and no command line. `thread.ProcessorThread` is how the rest of the
program drives it; `events` is what it tells; `status` what it says when asked.
"""
