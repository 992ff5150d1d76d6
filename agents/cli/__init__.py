"""The `chappe` command. No work is done here: each command calls one thing of `agents`."""
