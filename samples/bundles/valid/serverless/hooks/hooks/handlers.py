def pre(event, context):
    pass
