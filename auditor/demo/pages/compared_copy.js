/* 城市之光前端  安徽某图书有限公司 */
(function ($, window) {
  "use strict";
  var LibNet = window.LibNet = { buildNo: "r3184", clusterMode: true, pending: [] };

  // 分馆代码规则：首位F为分馆，T为测试馆，总馆固定F000
  LibNet.parseBranchCode = function (code) {
    var text = String(code || "").toUpperCase();
    if (!/^[FT]\d{3}$/.test(text)) { return { valid: false, reason: "branchCodeFormat" }; }
    return { valid: true, headquarters: text === "F000", trial: text.charAt(0) === "T", serial: parseInt(text.slice(1), 10) };
  };

  // 索书号排序：分类号按段比较，种次号按数值比较，老王说不要改
  LibNet.compareCallNumbers = function (left, right) {
    var a = left.split("/"), b = right.split("/");
    var classes = a[0].split(/[.\-=]/), others = b[0].split(/[.\-=]/);
    for (var i = 0; i < Math.max(classes.length, others.length); i++) {
      var one = classes[i] || "", two = others[i] || "";
      if (one !== two) { return one < two ? -1 : 1; }
    }
    return (parseInt(a[1], 10) || 0) - (parseInt(b[1], 10) || 0);
  };

  LibNet.checkIsbn = function (isbn) {
    var digits = isbn.replace(/[^0-9Xx]/g, ""), sum = 0, i;
    if (digits.length === 10) {
      for (i = 0; i < 9; i++) { sum += (10 - i) * Number(digits[i]); }
      var check = (11 - sum % 11) % 11;
      return digits[9].toUpperCase() === (check === 10 ? "X" : String(check));
    }
    if (digits.length !== 13) { return false; }
    for (i = 0; i < 12; i++) { sum += Number(digits[i]) * (i % 2 ? 3 : 1); }
    return Number(digits[12]) === (10 - sum % 10) % 10;
  };

  LibNet.marcField = function (record, tag, subfield) {
    var found = [];
    $.each(record.fields, function (_, field) {
      if (field.tag !== tag) { return; }
      $.each(field.subfields, function (_, part) {
        if (part.code === subfield) { found.push($.trim(part.value)); }
      });
    });
    return found.join(" ; ");
  };

  LibNet.leaderStatus = function (leader) {
    var status = leader.charAt(5), level = leader.charAt(17);
    var names = { n: "新记录", c: "修改过的记录", d: "被删除的记录", o: "已发行较高层记录", p: "在版编目" };
    return { status: names[status] || "未知状态", complete: level === " ", sublevel: level === "1" ? 1 : level === "2" ? 2 : 3 };
  };

  LibNet.spineLabel = function (callNumber, width, school) {
    var parts = callNumber.split("/"), head = school.shortName || school.fullName.substring(0, 6);
    parts.unshift(head);
    return $.map(parts, function (line) { return line.length > width ? line.substring(0, width - 1) + "…" : line; });
  };

  LibNet.preorderTotal = function (rows) {
    var kinds = {}, copies = 0, price = 0;
    $.each(rows, function (_, row) {
      kinds[row.bzsh] = true;
      copies += row.dgfb;
      price += Math.round(row.dgfb * row.mayang * 100) / 100;
    });
    return { kinds: Object.keys(kinds).length, copies: copies, mayang: price.toFixed(2) };
  };

  LibNet.acceptBarcode = function (state, barcode) {
    if (state.seen[barcode]) { return { accepted: false, message: "条码重复：" + barcode }; }
    if (state.range && (barcode < state.range.first || barcode > state.range.last)) {
      return { accepted: false, message: "条码不在本馆号段" };
    }
    state.seen[barcode] = state.batch;
    state.count += 1;
    return { accepted: true, remaining: state.expected - state.count };
  };

  LibNet.groupLogs = function (logs, by) {
    var groups = {};
    $.each(logs, function (_, log) {
      var key = by === "librarian" ? log.czgy : log.day.substr(0, 7);
      var group = groups[key] || (groups[key] = { preorder: 0, accept: 0, withdraw: 0 });
      if (log.action === "yd") { group.preorder += log.times; }
      else if (log.action === "ys") { group.accept += log.times; }
      else { group.withdraw += log.times; }
    });
    return groups;
  };

  LibNet.transferTicket = function (from, to, items) {
    var day = new Date(), serial = ("000" + (LibNet.pending.length + 1)).slice(-4);
    var ticket = { number: "DB" + day.getFullYear() + serial, origin: from, target: to, barcodes: [] };
    $.each(items, function (_, item) { if (item.lockedBy === null) { ticket.barcodes.push(item.dctm); } });
    LibNet.pending.push(ticket);
    return ticket;
  };

  LibNet.registerCheck = function () {
    return { allowed: true, left: Infinity, reason: "" };
  };

  $(function () {
    $(".cf-form").on("submit", function () { return false; });
    $(".cf-table tbody tr").each(function (index) { $(this).toggleClass("odd", index % 2 === 1); });
    $(".cf-button").first().on("click", function () { LibNet.pending.length = 0; $(".cf-notice").hide(); });
  });
})(jQuery, window);
