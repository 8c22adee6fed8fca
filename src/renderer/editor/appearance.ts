/** How the text looks: all values are custom properties (shell/tokens.css), so a change of theme is a matter of CSS alone. */
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

/** `prose` and `code` differ by the attribute `data-kind` of the editor's element. */
export function appearance(): Extension {
  return [theme, syntaxHighlighting(highlighting)];
}

const theme = EditorView.theme({
  '&': { height: '100%', color: 'var(--text)', backgroundColor: 'var(--background)', fontSize: 'var(--editor-font-size)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { overflow: 'auto', lineHeight: '1.65', fontFamily: 'var(--font-prose)' },
  '&[data-kind=code] .cm-scroller': { lineHeight: '1.55', fontFamily: 'var(--font-code)', fontSize: '0.9em', fontVariantLigatures: 'none' },
  '.cm-content': { caretColor: 'var(--text)', padding: '24px 0 40vh' },
  '&[data-kind=prose] .cm-content': { padding: '48px 32px 45vh', maxWidth: 'calc(72ch + 64px)', margin: '0 auto' },
  '.cm-line': { padding: '0 16px 0 12px' },
  '&[data-kind=prose] .cm-line': { padding: '0' },
  '.cm-codeLine, .cm-tableLine': { fontFamily: 'var(--font-code)', fontSize: '0.9em', fontVariantLigatures: 'none' },
  '&[data-kind=prose] .cm-codeLine': { padding: '0 14px', backgroundColor: 'color-mix(in srgb, var(--text) 4%, transparent)' },
  '&[data-kind=prose] .cm-codeLine.is-first': {
    paddingTop: '6px',
    borderTopLeftRadius: 'var(--radius)',
    borderTopRightRadius: 'var(--radius)',
  },
  '&[data-kind=prose] .cm-codeLine.is-last': {
    paddingBottom: '6px',
    borderBottomLeftRadius: 'var(--radius)',
    borderBottomRightRadius: 'var(--radius)',
  },
  '.cm-cursor, .cm-dropCursor': { borderLeft: '2px solid var(--accent)', marginLeft: '-1px' },
  '.cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground': { background: 'var(--selection)' },
  '.cm-activeLine': { backgroundColor: 'transparent' },
  '&[data-kind=code].cm-focused .cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--text) 4%, transparent)' },
  '.cm-gutters': { backgroundColor: 'var(--background)', color: 'var(--text-faint)', border: 'none', paddingLeft: '12px' },
  '.cm-lineNumbers .cm-gutterElement': { minWidth: '2.4em', padding: '0 6px 0 0', fontVariantNumeric: 'tabular-nums' },
  '.cm-activeLineGutter': { backgroundColor: 'transparent', color: 'var(--text)' },
  '.cm-foldGutter .cm-gutterElement': { width: '1.1em', textAlign: 'center', cursor: 'pointer' },
  '.cm-foldPlaceholder': {
    background: 'var(--surface)',
    border: '1px solid var(--border)',
    borderRadius: '4px',
    color: 'var(--text-muted)',
    padding: '0 6px',
    margin: '0 4px',
  },
  '.cm-placeholder': { color: 'var(--text-faint)' },
  '&.cm-focused .cm-matchingBracket': { backgroundColor: 'transparent', outline: '1px solid var(--text-faint)', borderRadius: '2px' },
  '&.cm-focused .cm-nonmatchingBracket': { backgroundColor: 'transparent', outline: '1px solid var(--danger)', borderRadius: '2px' },
  '.cm-searchMatch': {
    backgroundColor: 'color-mix(in srgb, var(--warning) 26%, transparent)',
    borderRadius: '2px',
  },
  '.cm-searchMatch-selected': { backgroundColor: 'color-mix(in srgb, var(--warning) 48%, transparent)' },
  '.cm-selectionMatch': { backgroundColor: 'color-mix(in srgb, var(--accent) 12%, transparent)', borderRadius: '2px' },
  '.cm-specialChar': { color: 'var(--danger)' },
  '.cm-panels': { backgroundColor: 'var(--surface)', color: 'var(--text)' },
  '.cm-panels-top': { borderBottom: '1px solid var(--border)' },
  '.is-pressable .cm-content': { cursor: 'pointer' },
  '.link-tip': { padding: '3px 9px', font: '12px / 1.5 var(--font-ui)', maxWidth: 'min(420px, 90vw)', overflowWrap: 'anywhere' },
  '.cm-tooltip': {
    backgroundColor: 'var(--surface-raised)',
    color: 'var(--text)',
    border: '1px solid var(--border)',
    borderRadius: 'var(--radius)',
    boxShadow: 'var(--shadow)',
  },
});

const highlighting = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier, tags.controlKeyword], color: 'var(--syntax-keyword)' },
  { tag: [tags.string, tags.special(tags.string), tags.regexp, tags.character, tags.attributeValue], color: 'var(--syntax-string)' },
  { tag: [tags.comment, tags.docComment], color: 'var(--syntax-comment)', fontStyle: 'italic' },
  { tag: [tags.number, tags.bool, tags.null, tags.atom, tags.unit, tags.color], color: 'var(--syntax-number)' },
  {
    tag: [tags.function(tags.variableName), tags.function(tags.propertyName), tags.definition(tags.variableName), tags.labelName],
    color: 'var(--syntax-name)',
  },
  { tag: [tags.attributeName, tags.definition(tags.propertyName), tags.macroName], color: 'var(--syntax-name)' },
  { tag: [tags.typeName, tags.className, tags.namespace, tags.tagName], color: 'var(--syntax-type)' },
  { tag: tags.heading1, color: 'var(--syntax-heading)', fontWeight: '700', fontSize: '1.6em', lineHeight: '1.35' },
  { tag: tags.heading2, color: 'var(--syntax-heading)', fontWeight: '700', fontSize: '1.32em', lineHeight: '1.4' },
  { tag: tags.heading3, color: 'var(--syntax-heading)', fontWeight: '650', fontSize: '1.14em' },
  { tag: tags.heading, color: 'var(--syntax-heading)', fontWeight: '650' },
  { tag: tags.strong, fontWeight: '650' },
  { tag: tags.emphasis, fontStyle: 'italic' },
  { tag: tags.strikethrough, textDecoration: 'line-through' },
  { tag: [tags.link, tags.url], color: 'var(--syntax-link)', textDecorationColor: 'currentColor' },
  { tag: tags.monospace, fontFamily: 'var(--font-code)', fontSize: '0.92em', fontVariantLigatures: 'none' },
  { tag: tags.quote, color: 'var(--text-muted)', fontStyle: 'italic' },
  { tag: [tags.meta, tags.punctuation], color: 'var(--syntax-meta)' },
  { tag: [tags.processingInstruction, tags.contentSeparator], color: 'var(--text-faint)', fontWeight: '400' },
  { tag: tags.inserted, color: 'var(--success)' },
  { tag: [tags.deleted, tags.invalid], color: 'var(--danger)' },
]);
