"""store.importers"""
