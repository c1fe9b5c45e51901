"""The ground that every room stands on: errors, values, catalogues, progress, optional libraries."""
