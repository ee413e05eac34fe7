"""The queue processor: claims due jobs, calls their handlers, records the outcomes.

It knows no screen and no command line. `thread.ProcessorThread` is how the rest of the
program drives it; it emits `events`, and `status` is pulled from it.
"""
