"""What `check` looks at beside the tables, one module a subject. Each returns findings;
none prints a secret, not even its length.
"""
