"""`python -m wizard`, and the `stepdown` command."""

from wizard.cli import main

if __name__ == "__main__":
    main()
