"""`python -m bakureserve` is the same program as the console script."""

from bakureserve.cli import main

if __name__ == "__main__":
    main()
