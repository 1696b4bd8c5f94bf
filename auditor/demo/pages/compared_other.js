/*! Shanhai library front end */
jQuery(document).ready(function ($) {
  const state = { selected: new Set(), currency: "CNY", funds: [] };
  function loadFunds(period) {
    return $.getJSON("/api/funds?period=" + encodeURIComponent(period)).then(data => {
      state.funds = data.filter(fund => fund.active).sort((x, y) => x.code.localeCompare(y.code));
      renderFunds();
    });
  }
  function renderFunds() {
    const list = $("#budget_list").empty();
    for (const fund of state.funds) {
      const spent = fund.orders.reduce((sum, order) => sum + order.quantity * order.unitPrice, 0);
      list.append($("<li>").text(`${fund.code}: ${(fund.allocated - spent).toFixed(2)} ${state.currency}`));
    }
  }
  function validateFramework(record, framework) {
    const problems = [];
    for (const rule of framework.rules) {
      const present = record.tags.some(tag => tag.name === rule.tag);
      if (rule.mandatory && !present) problems.push({ tag: rule.tag, problem: "mandatory" });
      if (!rule.repeatable && record.tags.filter(tag => tag.name === rule.tag).length > 1) problems.push({ tag: rule.tag, problem: "repeated" });
    }
    return problems;
  }
  function mergeInvoices(invoices) {
    const merged = { number: invoices[0].number, lines: [], shipping: 0 };
    invoices.forEach(invoice => { merged.lines.push(...invoice.lines); merged.shipping += Number(invoice.shipping || 0); });
    merged.total = merged.lines.reduce((sum, line) => sum + line.amount, merged.shipping);
    return merged;
  }
  function inventoryDiff(expected, scanned) {
    const missing = [...expected].filter(code => !scanned.has(code));
    const misplaced = [...scanned].filter(code => !expected.has(code));
    return { missing, misplaced, rate: expected.size ? 1 - missing.length / expected.size : null };
  }
  function schedulePrint(template, start, barcodes) {
    const perSheet = template.columns * template.rows;
    return barcodes.map((barcode, index) => ({ barcode, sheet: Math.floor((index + start) / perSheet), cell: (index + start) % perSheet }));
  }
  window.shanhai = { loadFunds, validateFramework, mergeInvoices, inventoryDiff, schedulePrint };
  $(".cf-button").on("click", () => loadFunds($("#budget_period").val()));
});
