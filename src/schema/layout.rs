//! How the facts lie in memory: one header, little-endian words, numbers and text.
//!
//! A schema node is a presence mask followed by one word for each keyword that is there, in the order of
//! [`Keyword`]. Bit 31 of the mask says that a second mask follows, for the rare keywords. What a word means
//! depends on the keyword's [`Shape`]: a count, the address of a list, the address of another node, or a value.

/// First word of a set of facts: `SLF1`.
pub(super) const MAGIC: u32 = u32::from_le_bytes(*b"SLF1");
/// Raised whenever the meaning of anything in the file changes.
pub(super) const VERSION: u32 = 1;
/// Words in the header.
pub(super) const HEADER: usize = 16;

/// Address of the schema that accepts everything.
pub(super) const ANYTHING: u32 = 0;
/// Address of the schema that accepts nothing.
pub(super) const NOTHING: u32 = 1;
/// Bit of the first mask that announces the second one.
pub(super) const EXTENDED: u32 = 1 << 31;
/// Words of one entry of the type table.
pub(super) const TYPE_WORDS: u32 = 7;
/// Words of one entry of the table of named documents.
pub(super) const NAMED_WORDS: u32 = 4;

/// Kinds of entries in the table of named documents.
pub(super) const NAMED_SCHEMA: u32 = 0;
/// A plain value: a table of facts.
pub(super) const NAMED_VALUE: u32 = 1;
/// Values of each region.
pub(super) const NAMED_REGIONAL: u32 = 2;

/// How a JSON value is packed in a word: the lowest three bits.
pub(super) mod tag {
    /// `null`, `false`, `true` as 0, 1, 2.
    pub const WORD: u32 = 0;
    /// Number of a text.
    pub const TEXT: u32 = 1;
    /// A small whole number.
    pub const SMALL: u32 = 2;
    /// Number of a float.
    pub const FLOAT: u32 = 3;
    /// Address of a list.
    pub const LIST: u32 = 4;
    /// Address of an object.
    pub const OBJECT: u32 = 5;
    /// Number of a whole number that is too big for `SMALL`.
    pub const LARGE: u32 = 6;
}

/// What the word of a keyword holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shape {
    /// A set of type names as bits.
    Types,
    /// Name of a definition.
    Reference,
    /// One schema.
    Schema,
    /// A list of schemas.
    Schemas,
    /// Names with a schema each, sorted.
    Members,
    /// Patterns with a schema each.
    PatternMembers,
    /// One pattern.
    Pattern,
    /// A whole number that is not negative.
    Count,
    /// A number, or an object that says where it comes from.
    Value,
    /// Any values.
    Values,
    /// A truth value.
    Flag,
    /// One text.
    Text,
    /// A list of texts.
    Texts,
    /// Names with a list of texts each.
    Dependents,
    /// Names with a list of texts or a schema each.
    Dependencies,
    /// Which functions may stand here, and the schema of the rest.
    Context,
    /// What to gather from other resources, and the schema of that.
    Gather,
}

/// Names of the type bits, in bit order.
pub(super) const TYPE_NAMES: [&str; 8] = ["string", "integer", "number", "boolean", "object", "array", "null", "date"];

macro_rules! keywords {
    ($($name:ident = $bit:literal, $spelling:literal, $shape:ident;)*) => {
        /// A schema keyword; below 31 in the first mask, from 32 in the second.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub(super) enum Keyword { $($name = $bit,)* }
        /// Every keyword with its spelling and the shape of its word, in the order of the words.
        pub(super) const KEYWORDS: &[(Keyword, &str, Shape)] = &[$((Keyword::$name, $spelling, Shape::$shape),)*];
    };
}

keywords! {
    Type = 0, "type", Types;
    Reference = 1, "$ref", Reference;
    Properties = 2, "properties", Members;
    AdditionalProperties = 3, "additionalProperties", Schema;
    Required = 4, "required", Texts;
    Items = 5, "items", Schema;
    Enum = 6, "enum", Values;
    Pattern = 7, "pattern", Pattern;
    MinLength = 8, "minLength", Count;
    MaxLength = 9, "maxLength", Count;
    MinItems = 10, "minItems", Count;
    MaxItems = 11, "maxItems", Count;
    UniqueItems = 12, "uniqueItems", Flag;
    InsertionOrder = 13, "insertionOrder", Flag;
    Format = 14, "format", Text;
    Minimum = 15, "minimum", Value;
    Maximum = 16, "maximum", Value;
    Default = 17, "default", Value;
    PatternProperties = 18, "patternProperties", PatternMembers;
    AnyOf = 19, "anyOf", Schemas;
    OneOf = 20, "oneOf", Schemas;
    AllOf = 21, "allOf", Schemas;
    MinProperties = 22, "minProperties", Count;
    MaxProperties = 23, "maxProperties", Count;
    EnumCaseInsensitive = 24, "enumCaseInsensitive", Values;
    Const = 25, "const", Value;
    If = 26, "if", Schema;
    Then = 27, "then", Schema;
    Else = 28, "else", Schema;
    Not = 29, "not", Schema;
    PrefixItems = 30, "prefixItems", Schemas;
    MultipleOf = 32, "multipleOf", Value;
    ExclusiveMinimum = 33, "exclusiveMinimum", Value;
    ExclusiveMaximum = 34, "exclusiveMaximum", Value;
    Dependencies = 35, "dependencies", Dependencies;
    DependentSchemas = 36, "dependentSchemas", Members;
    DependentRequired = 37, "dependentRequired", Dependents;
    DependentExcluded = 38, "dependentExcluded", Dependents;
    RequiredOr = 39, "requiredOr", Texts;
    RequiredXor = 40, "requiredXor", Texts;
    UniqueKeys = 41, "uniqueKeys", Texts;
    MaxUniqueItems = 42, "maxUniqueItems", Count;
    Contains = 43, "contains", Schema;
    MinContains = 44, "minContains", Count;
    MaxContains = 45, "maxContains", Count;
    PropertyNames = 46, "propertyNames", Schema;
    CfnLint = 47, "cfnLint", Texts;
    CfnContext = 48, "cfnContext", Context;
    CfnGather = 49, "cfnGather", Gather;
    DynamicValidation = 50, "dynamicValidation", Value;
    PatternLookup = 51, "patternLookup", Value;
}

/// Keywords that are read past.
pub(super) const IGNORED: &[&str] = &["definitions", "$comment", "$id", "$schema", "description", "title", "examples"];

/// Keywords that stand only at the root of a resource type and say something about the type as a whole.
pub(super) const OF_THE_TYPE: &[&str] = &[
    "additionalIdentifiers",
    "conditionalCreateOnlyProperties",
    "createOnlyProperties",
    "deprecatedProperties",
    "lifecycle",
    "primaryIdentifier",
    "propertyTransform",
    "readOnlyProperties",
    "replacementStrategy",
    "taggable",
    "tagging",
    "writeOnlyProperties",
];
