//! Just enough of protobuf's wire format to edit an ONNX model: models come with sizes fixed that
//! they do not depend on. A message is a row of fields; those that are not touched are copied byte
//! by byte, so the result is what the onnx library would write.
//!
//! Numbers, from onnx.proto: Model.graph = 7; Graph.initializer = 5 (its name = 8), input = 11,
//! output = 12, value_info = 13; ValueInfo.name = 1, type = 2; Type.tensor_type = 1; Tensor.shape =
//! 2; Shape.dim = 1; Dim.dim_value = 1, dim_param = 2.

use std::collections::HashSet;

/// Names for the sizes of one input or output, from the first dimension on; `None` leaves one as it
/// is.
pub type Sizes<'a> = &'a [Option<&'a str>];

/// What to change in a model.
#[derive(Clone, Copy, Debug)]
pub struct Edit<'a> {
    /// Inputs by name, with their new sizes.
    pub inputs: &'a [(&'a str, Sizes<'a>)],
    /// New sizes of every output.
    pub outputs: Sizes<'a>,
    /// Take out the sizes of what lies in between: they follow from the input.
    pub forget_inner_sizes: bool,
}

/// The bytes are no model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an ONNX model")]
pub struct NotAModel;

const GRAPH: u64 = 7;
const INITIALIZER: u64 = 5;
const INITIALIZER_NAME: u64 = 8;
const INPUT: u64 = 11;
const OUTPUT: u64 = 12;
const VALUE_INFO: u64 = 13;
const VALUE_NAME: u64 = 1;
const DIM_PARAM: u64 = 2;

/// Gives a model sizes that are found out when it runs. Inputs that are constants are no longer
/// inputs: while they are, the runtime computes nothing beforehand, and CenterFace takes two and a
/// half times as long.
///
/// # Errors
/// When the bytes are no model.
pub fn rewrite(model: &[u8], edit: &Edit<'_>) -> Result<Vec<u8>, NotAModel> {
    let mut out = Vec::with_capacity(model.len());
    for field in fields(model) {
        let field = field?;
        if field.number == GRAPH {
            push(&mut out, GRAPH, &graph(field.bytes()?, edit)?);
        } else {
            out.extend_from_slice(field.whole);
        }
    }
    Ok(out)
}

fn graph(graph: &[u8], edit: &Edit<'_>) -> Result<Vec<u8>, NotAModel> {
    let constants: HashSet<&[u8]> = fields(graph)
        .filter(|field| field.as_ref().is_ok_and(|field| field.number == INITIALIZER))
        .filter_map(|field| find(field.ok()?.bytes().ok()?, INITIALIZER_NAME))
        .collect();
    let mut out = Vec::with_capacity(graph.len());
    for field in fields(graph) {
        let field = field?;
        match field.number {
            INPUT => {
                let name = find(field.bytes()?, VALUE_NAME).ok_or(NotAModel)?;
                if constants.contains(name) {
                    continue;
                }
                match edit.inputs.iter().find(|(input, _)| input.as_bytes() == name) {
                    Some((_, sizes)) => push(&mut out, INPUT, &value(field.bytes()?, sizes)?),
                    None => out.extend_from_slice(field.whole),
                }
            }
            OUTPUT => push(&mut out, OUTPUT, &value(field.bytes()?, edit.outputs)?),
            VALUE_INFO if edit.forget_inner_sizes => {}
            _ => out.extend_from_slice(field.whole),
        }
    }
    Ok(out)
}

/// ValueInfo.type.tensor_type.shape: the same message with its shape edited.
fn value(value: &[u8], sizes: Sizes<'_>) -> Result<Vec<u8>, NotAModel> {
    inside(value, &[2, 1, 2], &|shape| {
        let mut out = Vec::with_capacity(shape.len());
        for (at, field) in fields(shape).enumerate() {
            match sizes.get(at).copied().flatten() {
                Some(name) => {
                    let mut dim = Vec::new();
                    push(&mut dim, DIM_PARAM, name.as_bytes());
                    push(&mut out, field?.number, &dim);
                }
                None => out.extend_from_slice(field?.whole),
            }
        }
        Ok(out)
    })
}

type Change<'a> = &'a dyn Fn(&[u8]) -> Result<Vec<u8>, NotAModel>;

/// Changes the message that lies at the end of a path of fields.
fn inside(message: &[u8], path: &[u64], change: Change<'_>) -> Result<Vec<u8>, NotAModel> {
    let Some((&next, path)) = path.split_first() else { return change(message) };
    let mut out = Vec::with_capacity(message.len());
    for field in fields(message) {
        let field = field?;
        if field.number == next {
            push(&mut out, next, &inside(field.bytes()?, path, change)?);
        } else {
            out.extend_from_slice(field.whole);
        }
    }
    Ok(out)
}

fn find(message: &[u8], number: u64) -> Option<&[u8]> {
    fields(message).filter_map(Result::ok).find(|field| field.number == number)?.bytes().ok()
}

struct Field<'a> {
    number: u64,
    whole: &'a [u8],
    /// What a field of a length holds; nothing for a plain number.
    inner: Option<&'a [u8]>,
}

impl<'a> Field<'a> {
    fn bytes(&self) -> Result<&'a [u8], NotAModel> {
        self.inner.ok_or(NotAModel)
    }
}

fn fields(message: &[u8]) -> impl Iterator<Item = Result<Field<'_>, NotAModel>> {
    let mut rest = message;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let field = field(rest);
        rest = field.as_ref().map_or(&[], |field| &rest[field.whole.len()..]);
        Some(field)
    })
}

fn field(from: &[u8]) -> Result<Field<'_>, NotAModel> {
    let mut at = 0;
    let tag = number(from, &mut at)?;
    let mut inner = None;
    match tag & 7 {
        0 => drop(number(from, &mut at)?),
        1 => at += 8,
        2 => {
            let length = usize::try_from(number(from, &mut at)?).map_err(|_| NotAModel)?;
            let end = at.checked_add(length).ok_or(NotAModel)?;
            inner = Some(from.get(at..end).ok_or(NotAModel)?);
            at = end;
        }
        5 => at += 4,
        _ => return Err(NotAModel),
    }
    Ok(Field { number: tag >> 3, whole: from.get(..at).ok_or(NotAModel)?, inner })
}

fn number(from: &[u8], at: &mut usize) -> Result<u64, NotAModel> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = *from.get(*at).ok_or(NotAModel)?;
        *at += 1;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(NotAModel)
}

fn push_number(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn push(out: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    push_number(out, field << 3 | 2);
    push_number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(parts: &[(u64, &[u8])]) -> Vec<u8> {
        let mut out = Vec::new();
        parts.iter().for_each(|(number, bytes)| push(&mut out, *number, bytes));
        out
    }

    /// ValueInfo of one dimension, the number 640.
    fn value_info(name: &[u8], dim: &[u8]) -> Vec<u8> {
        let shape = message(&[(1, dim)]);
        let tensor = [&[0x08, 0x01][..], &message(&[(2, &shape)])].concat();
        message(&[(1, name), (2, &message(&[(1, &tensor)]))])
    }

    const FIXED: &[u8] = &[0x08, 0x80, 0x05];

    #[test]
    fn sizes_get_names_and_constants_are_no_inputs() {
        let named = message(&[(2, b"H")]);
        let graph = |picture: &[u8], rest: &[(u64, &[u8])]| {
            let constant = message(&[(8, b"weight")]);
            let parts = [&[(INITIALIZER, &constant[..]), (INPUT, picture)], rest].concat();
            message(&[(1, b"version"), (GRAPH, &message(&parts)), (8, b"opset")])
        };
        let model = graph(
            &value_info(b"picture", FIXED),
            &[
                (INPUT, &value_info(b"weight", FIXED)),
                (OUTPUT, &value_info(b"faces", FIXED)),
                (VALUE_INFO, &value_info(b"inner", FIXED)),
            ],
        );
        let edit =
            Edit { inputs: &[("picture", &[Some("H")])], outputs: &[Some("H")], forget_inner_sizes: true };
        let expected = graph(&value_info(b"picture", &named), &[(OUTPUT, &value_info(b"faces", &named))]);
        assert_eq!(rewrite(&model, &edit), Ok(expected));
    }

    #[test]
    fn what_is_no_model_is_told() {
        let edit = Edit { inputs: &[], outputs: &[], forget_inner_sizes: false };
        assert_eq!(rewrite(&[0x3a, 0xff, 0x01, 0x00], &edit), Err(NotAModel));
        assert_eq!(rewrite(&[0xff; 12], &edit), Err(NotAModel));
        assert_eq!(rewrite(&[0x0f], &edit), Err(NotAModel));
    }
}
