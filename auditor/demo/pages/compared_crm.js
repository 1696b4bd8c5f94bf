// xingyuan crm
var Crm = Crm || {};
(function (ns) {
  var STAGES = ["初步接洽", "需求确认", "方案报价", "谈判审核", "赢单"];
  function Pipeline(deals) { this.deals = deals || []; }
  Pipeline.prototype.advance = function (id) {
    var deal = this.byId(id), at = STAGES.indexOf(deal.stage);
    if (at < 0 || at === STAGES.length - 1) throw new Error("stage cannot advance: " + deal.stage);
    deal.stage = STAGES[at + 1];
    deal.history.push({ stage: deal.stage, when: Date.now(), owner: ns.currentUser });
    return deal;
  };
  Pipeline.prototype.byId = function (id) {
    for (var n = 0; n < this.deals.length; n++) if (this.deals[n].id === id) return this.deals[n];
    return null;
  };
  Pipeline.prototype.forecast = function (month) {
    var weights = [0.1, 0.25, 0.5, 0.75, 1], total = 0;
    this.deals.forEach(function (deal) {
      if (deal.closeMonth === month) total += deal.amount * weights[STAGES.indexOf(deal.stage)];
    });
    return Math.round(total);
  };
  Pipeline.prototype.funnel = function () {
    var counts = STAGES.map(function () { return 0; });
    this.deals.forEach(function (deal) { for (var k = 0; k <= STAGES.indexOf(deal.stage); k++) counts[k]++; });
    return counts.map(function (count, k) { return { stage: STAGES[k], count: count, conversion: k ? count / counts[k - 1] : 1 }; });
  };
  ns.dedupeLeads = function (leads) {
    var byPhone = {}, unique = [];
    leads.forEach(function (lead) {
      var phone = lead.phone.replace(/\D/g, "").slice(-11);
      if (byPhone[phone]) { byPhone[phone].sources.push(lead.source); return; }
      byPhone[phone] = { company: lead.company, phone: phone, sources: [lead.source] };
      unique.push(byPhone[phone]);
    });
    return unique;
  };
  ns.assignRoundRobin = function (leads, sellers) {
    return leads.map(function (lead, index) { lead.owner = sellers[index % sellers.length].account; lead.assignedAt = new Date().toISOString(); return lead; });
  };
  ns.quoteTotal = function (quote) {
    var gross = quote.lines.reduce(function (sum, line) { return sum + line.listPrice * line.quantity; }, 0);
    var net = gross * (1 - quote.discountRate / 100);
    return { gross: gross, net: net, tax: net * 0.06, approvalNeeded: quote.discountRate > 15 };
  };
  ns.Pipeline = Pipeline;
  $(".cf-button").click(function () { $(this).prop("disabled", true); });
})(Crm);
