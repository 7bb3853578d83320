"""`python -m batty_hooks` and the console script."""

from batty_hooks.main import main

if __name__ == "__main__":
    main()
