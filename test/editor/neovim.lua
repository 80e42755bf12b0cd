-- Drives the language server named in $LINTEL_SERVER over stdio, by the client that is built into Neovim, on the file named
-- in $LINTEL_FILE: diagnostics, those of $LINTEL_LAST_RULE with them, the mend of those of $LINTEL_RULE, fresh diagnostics. Prints
-- what it saw as one line of JSON.
-- nvim --headless --clean -n -c 'luafile neovim.lua'
local seen = {}

local function within(seconds, what, is)
  assert(vim.wait(seconds * 1000, is, 20), 'waited in vain: ' .. what)
end

local function rule_of(diagnostic)
  return diagnostic.code or diagnostic.user_data.lsp.code
end

local function of_rule(buffer, rule)
  return vim.tbl_filter(function(d) return rule_of(d) == rule end, vim.diagnostic.get(buffer))
end

local function diagnostics(buffer)
  return vim.tbl_map(function(d)
    return { line = d.lnum, column = d.col, message = d.message, source = d.source, rule = rule_of(d) }
  end, vim.diagnostic.get(buffer))
end

local ok, failure = pcall(function()
  local file = vim.env.LINTEL_FILE
  vim.cmd('edit ' .. vim.fn.fnameescape(file))
  local buffer = vim.api.nvim_get_current_buf()
  vim.bo[buffer].filetype = 'yaml'
  local id = assert(vim.lsp.start_client({
    name = 'lintel',
    cmd = { vim.env.LINTEL_NODE, vim.env.LINTEL_SERVER, '--stdio' },
    root_dir = vim.fn.fnamemodify(file, ':h'),
  }))
  vim.lsp.buf_attach_client(buffer, id)
  -- The first answer may come before all rules are loaded.
  within(120, 'the diagnostics of all rules', function() return #of_rule(buffer, vim.env.LINTEL_LAST_RULE) > 0 end)
  seen.before = diagnostics(buffer)

  local problem = of_rule(buffer, vim.env.LINTEL_RULE)[1]
  local range = {
    start = { line = problem.lnum, character = problem.col },
    ['end'] = { line = problem.end_lnum, character = problem.end_col },
  }
  local answers = vim.lsp.buf_request_sync(buffer, 'textDocument/codeAction', {
    textDocument = vim.lsp.util.make_text_document_params(buffer),
    range = range,
    context = { diagnostics = {} },
  }, 120000)
  local actions = assert(answers and answers[id] and answers[id].result, 'no answer to the code action request')
  seen.actions = vim.tbl_map(function(action) return action.title end, actions)
  vim.lsp.util.apply_workspace_edit(actions[1].edit, vim.lsp.get_client_by_id(id).offset_encoding)
  within(120, 'the problem is gone', function() return #of_rule(buffer, vim.env.LINTEL_RULE) == 0 end)
  seen.after = diagnostics(buffer)
  seen.text = table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n')

  vim.lsp.stop_client(id)
  within(30, 'the end of the server', function() return vim.lsp.client_is_stopped(id) end)
end)

if not ok then seen.failure = tostring(failure) end
io.stdout:write(vim.json and vim.json.encode(seen) or vim.fn.json_encode(seen), '\n')
vim.cmd('qall!')
