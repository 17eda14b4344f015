def run(e, c):
    return 1
