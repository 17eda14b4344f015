//! Facts about resource types and the three-valued walk over them.
