//! Comments of a YAML file and their places.
