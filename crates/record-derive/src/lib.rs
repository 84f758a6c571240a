//! `#[derive(Record)]`: reads a struct from a row of the database, each field from the column of its name.

use proc_macro2::TokenStream;
use quote::quote;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Error, Field, Fields, LitStr, Result};

/// Implements `crate::db::Record`.
///
/// `#[record(rename = "column")]` names another column, `#[record(flatten)]` takes the columns of a nested record.
#[proc_macro_derive(Record, attributes(record))]
pub fn derive_record(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = syn::parse_macro_input!(input as DeriveInput);
    expand(&input).unwrap_or_else(Error::into_compile_error).into()
}

fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let Data::Struct(data) = &input.data else {
        return Err(Error::new(input.span(), "only a struct can be a record"));
    };
    let Fields::Named(fields) = &data.fields else {
        return Err(Error::new(input.span(), "the fields of a record need names"));
    };
    if !input.generics.params.is_empty() {
        return Err(Error::new(input.generics.span(), "a record cannot be generic"));
    }
    let (mut columns, mut values) = (Vec::new(), Vec::new());
    for field in &fields.named {
        let (name, ty) = (&field.ident, &field.ty);
        match Source::of(field)? {
            Source::Column(column) => {
                columns.push(quote! { names.push(#column); });
                values.push(quote! { #name: row.take()? });
            }
            Source::Nested => {
                columns.push(quote! { <#ty as crate::db::Record>::columns(names); });
                values.push(quote! { #name: <#ty as crate::db::Record>::read(row)? });
            }
        }
    }
    let name = &input.ident;
    Ok(quote! {
        impl crate::db::Record for #name {
            fn columns(names: &mut ::std::vec::Vec<&'static str>) {
                #(#columns)*
            }

            fn read(row: &mut crate::db::Row<'_>) -> ::std::result::Result<Self, crate::db::Error> {
                ::std::result::Result::Ok(Self { #(#values),* })
            }
        }
    })
}

/// Where a field comes from.
enum Source {
    Column(LitStr),
    /// The columns of the field's own type.
    Nested,
}

impl Source {
    fn of(field: &Field) -> Result<Self> {
        let name = field.ident.as_ref().map_or_else(String::new, ToString::to_string);
        let mut source = Self::Column(LitStr::new(&name, field.span()));
        for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("record")) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("flatten") {
                    source = Self::Nested;
                } else if meta.path.is_ident("rename") {
                    source = Self::Column(meta.value()?.parse()?);
                } else {
                    return Err(meta.error("expected `flatten` or `rename = \"column\"`"));
                }
                Ok(())
            })?;
        }
        Ok(source)
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    fn refusal(input: &DeriveInput) -> String {
        expand(input).unwrap_err().to_string()
    }

    #[test]
    fn fields_are_read_in_the_order_of_their_columns() {
        let input = parse_quote! {
            struct Film {
                id: i64,
                #[record(rename = "film")]
                file: Option<String>,
                #[record(flatten)]
                owner: Owner,
            }
        };
        let expected = quote! {
            impl crate::db::Record for Film {
                fn columns(names: &mut ::std::vec::Vec<&'static str>) {
                    names.push("id");
                    names.push("film");
                    <Owner as crate::db::Record>::columns(names);
                }

                fn read(row: &mut crate::db::Row<'_>) -> ::std::result::Result<Self, crate::db::Error> {
                    ::std::result::Result::Ok(Self {
                        id: row.take()?,
                        file: row.take()?,
                        owner: <Owner as crate::db::Record>::read(row)?
                    })
                }
            }
        };
        assert_eq!(expand(&input).unwrap().to_string(), expected.to_string());
    }

    #[test]
    fn what_cannot_be_a_record_is_refused() {
        assert_eq!(refusal(&parse_quote! { enum Film { One } }), "only a struct can be a record");
        assert_eq!(refusal(&parse_quote! { struct Film(i64); }), "the fields of a record need names");
        assert_eq!(refusal(&parse_quote! { struct Film<T> { id: T } }), "a record cannot be generic");
        let misspelt = parse_quote! { struct Film { #[record(flat)] owner: Owner } };
        assert_eq!(refusal(&misspelt), "expected `flatten` or `rename = \"column\"`");
    }
}
