"""`python -m sq_console` is `sq-console`."""

from sq_console.cli import main

if __name__ == "__main__":
    main()
