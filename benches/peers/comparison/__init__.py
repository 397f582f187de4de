"""Interleaved comparison of the engine with its peers. Standard library only."""
