/* 小统 beside the page: takes the package, indexes it and answers here, so that the page never waits for it.
   In: {engine, package} addresses, once; then {id, text, day, state}. Out: {ready} or {wrong}; then {id, reply}. */
(function (scope) {
  "use strict";
  var robot = null;
  scope.wkRobotPackage = function (data) {
    if (data.format !== scope.wkRobot.FORMAT) { scope.postMessage({ wrong: "format" }); return; }
    robot = new scope.wkRobot.Robot(data);
    scope.postMessage({ ready: true });
  };
  scope.onmessage = function (e) {
    if (e.data.engine) scope.importScripts(e.data.engine, e.data.package);
    else if (robot) scope.postMessage({ id: e.data.id, reply: robot.answer(e.data.text, e.data.day, e.data.state) });
  };
})(self);
