from .x import run
