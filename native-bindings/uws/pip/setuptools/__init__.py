"""Takes the place of setuptools while pip fetches llhttp (scripts/native/uws-sources.mjs)."""
