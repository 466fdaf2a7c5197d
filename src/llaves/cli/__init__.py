"""The operator's commands: import the registry, run the web server and the worker, load the demo.

May import every part below, and no page.
"""
